"""MBG/NBD (Batislam, Denizel & Filiztekin 2007, Int. J. of Research in Marketing 24:201-209).

BG/NBD, except that the user may drop out after the first purchase already, with the same
probability p ~ Beta(a, b) as after every later one. So a one-time buyer's P(alive) falls
as time goes by without a purchase.
"""

from __future__ import annotations

from userops.stats.models.beta_geometric import BetaGeometric


class MbgNbd(BetaGeometric):
    """MBG/NBD. Parameters: r, alpha, a, b."""

    name = "mbg-nbd"
    first = 1


MODEL = MbgNbd()
