"""The demo as a project: which exports a command reads by itself, and what the shop has settled."""

from __future__ import annotations

from userops.demo import points
from userops.language.spoken import Lang

_HEAD = {
    "en": """\
# What commands read here where no export is named, and what the shop has settled.
# `userops explain NAME` says what each word means.
""",
    "zh": """\
# 没有写导出文件时各命令在这里读什么，以及店铺定下的规则。
# `userops explain 名称` 说明每个词的含义。

lang = "zh"
""",
}
_SETTINGS = """
[exports]
orders = ["orders.csv"]
users = ["users.csv"]
events = ["events.csv"]
costs = ["ad_costs.csv", "running_costs.csv"]
assignments = ["assignments.csv"]
coupons = ["coupons.csv"]
identities = ["identities.csv"]
memberships = ["memberships.csv"]
messages = ["messages.csv"]
leaders = ["leaders.csv"]
points = ["points.csv"]
contacts = ["contacts.csv"]
agents = ["agents.csv"]
do_not_contact = ["do_not_contact.csv"]

[goals]
revenue = { growth = "20%", weight = "20%" }
new = { target = 130, weight = "80%" }

[contacts]
holdout = "20%"

"""


def settings(lang: Lang) -> str:
    """The project's settings, with what they say to people in a language."""
    return _HEAD[lang] + _SETTINGS + points.RULES


# What can be tried next in the demo's folder.
TRY = ("userops segment", "userops contacts --for 2026-01-01", "userops report -o report.html")
