"""BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24:275-284).

While alive a user buys at rate lambda ~ Gamma(r, alpha), alpha in the unit of t_x and T; after
every repeat purchase the user drops out with probability p ~ Beta(a, b). Nobody can leave
before the first repeat purchase, so P(alive) = 1 for every one-time buyer, a flaw that
`mbg_nbd` mends. Likelihood: eq. 6; P(X(t) = n): eq. 8; E[X(t)]: eq. 9; E[Y(t) | x, t_x, T]:
eq. 10, here as P(alive) times eq. 9 for the user that one alive has become.
"""

from __future__ import annotations

from userops.stats.models.beta_geometric import BetaGeometric


class BgNbd(BetaGeometric):
    """BG/NBD. Parameters: r, alpha, a, b."""

    name = "bg-nbd"
    first = 0


MODEL = BgNbd()
