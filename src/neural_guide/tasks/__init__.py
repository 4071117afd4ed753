"""Where tasks come from: the JSON contract, the generator, real ARC tasks and the store."""
