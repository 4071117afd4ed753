"""Concepts, a module for each family of related ideas; `catalogue.CONCEPTS` finds them all."""
