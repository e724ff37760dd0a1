"""Purchase and spend models: arrays in, a frozen `Fit` out.

Purchases: `bg_nbd`, `mbg_nbd`, `pareto_nbd`, which share one set of functions
(`purchase.MODELS` names them). Spend: `gamma_gamma`. Everything here is NumPy over
compressed histories; nothing prints, reads a file or a clock, or sets global state.
"""
