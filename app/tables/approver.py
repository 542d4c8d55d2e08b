"""Who has to approve: a person named for the whole team (no campaign) or for one campaign. Not in schema.sql."""

from piccolo.columns import BigSerial
from piccolo.table import Table

from app.tables.campaign import Campaign
from app.tables.columns import references
from app.tables.person import Person


class Approver(Table, tablename="approver"):
    id = BigSerial(primary_key=True)
    campaign = references(Campaign, null=True)
    person = references(Person)
