"""What to say where no concept was scored."""

NOTHING_SCORED = (
    "No concept was scored, because no annotation has enough instances in these proteins. Features "
    "and your own proteins can be looked at all the same; `python -m interplm.score` with more "
    "annotated proteins names what the features detect."
)
