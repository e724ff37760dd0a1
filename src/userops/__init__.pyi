# Written by `python scripts/stubs.py` from the declarations; don't edit it.
# fmt: off

from userops import api as api
from userops.api import activity as activity
from userops.api import business as business
from userops.api import campaigns as campaigns
from userops.api import channels as channels
from userops.api import check as check
from userops.api import cohorts as cohorts
from userops.api import community as community
from userops.api import contacts as contacts
from userops.api import frame as frame
from userops.api import funnel as funnel
from userops.api import goals as goals
from userops.api import kpis as kpis
from userops.api import members as members
from userops.api import open_orders as open_orders
from userops.api import points as points
from userops.api import portrait as portrait
from userops.api import referral as referral
from userops.api import repurchase as repurchase
from userops.api import screen as screen
from userops.api import segment as segment
from userops.api import split as split

__version__: str
