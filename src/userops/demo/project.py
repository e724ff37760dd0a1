"""The demo as a project: which exports a command reads by itself, and what the shop has settled."""

from __future__ import annotations

from userops.demo import points

_SETTINGS = """\
# What commands read here where no export is named, and what the shop has settled.
# `userops explain NAME` says what each word means.

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
SETTINGS = _SETTINGS + points.RULES
# What can be tried next in the demo's folder.
TRY = ("userops segment", "userops contacts --for 2026-01-01", "userops report -o report.html")
