"""One short module per command: from what was asked to the analysis and out again.

They stand apart from `cli` so that `--help` imports none of what they need.
"""
