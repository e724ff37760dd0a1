"""The purchase models by name."""

from __future__ import annotations

from userops.stats.models import bg_nbd, mbg_nbd, pareto_nbd
from userops.stats.models.purchase import PurchaseModel

MODELS: dict[str, PurchaseModel] = {
    model.name: model for model in (mbg_nbd.MODEL, bg_nbd.MODEL, pareto_nbd.MODEL)
}
