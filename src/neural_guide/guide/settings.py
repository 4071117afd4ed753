"""Settings of the network."""

from dataclasses import dataclass

from neural_guide.app.settings import setting

HEADS = 4  # of the attention between primitives
TRANSITION_WIDTH = 32  # width of the query and key that match a step with the next one


@dataclass
class NetworkSettings:
    """Size and inputs of the guide's network."""

    width: int = setting(384, "Hidden units of the trunk.", low=8, unit="units")
    row_width: int = setting(
        64, "Width of the embedding of a primitive's executed features, a multiple of four.", low=8, unit="units"
    )
    row_layers: int = setting(2, "Layers of attention between primitives.", low=0, high=12, unit="layers")
    steps: bool = setting(True, "Predict the next steps of programs; the words of rules have no order.")
    row_summary: int | None = setting(
        None, "Numbers of each row that the trunk reads; null reads the whole embedding.", low=1, unit="units"
    )
    grid_channels: int = setting(24, "Channels of the first convolution of the grid branch.", low=4, unit="channels")
    grid_side: int = setting(
        12, "Side of the frame that the grid branch resamples grids to.", low=4, high=30, unit="cells"
    )
    dropout: float = setting(0.4, "Share of units dropped in training.", low=0, high=0.9)
    features: bool = setting(True, "Use executed features where every primitive of the data can be executed.")
    grids: bool = setting(True, "Use the grid branch; it is always on without executed features.")
