"""The one team of an installation: its modes, hours and switches. There is exactly one row, id 1."""

from datetime import time

from piccolo.columns import JSONB, Boolean, Date, Integer, Text, Time, Timestamptz
from piccolo.table import Table

from app.tables.columns import references
from app.tables.person import Person


class Team(Table, tablename="team"):
    id = Integer(primary_key=True, default=1)
    name = Text(default=None)
    zone = Text(default=None)
    mode = Text(default="approval")
    generation_on = Boolean(default=False)
    generate_at = Time(default=time(6, 0))
    approvals_needed = Integer(default=1)
    self_approval = Text(default="alone")
    monthly_quota = Integer(null=True, default=None)
    settings = JSONB(default={})
    last_daily_on = Date(null=True, default=None)
    frozen_at = Timestamptz(null=True, default=None)
    frozen_by = references(Person, null=True)
    frozen_for = Text(null=True, default=None)
    frozen_note = Text(null=True, default=None)
    restored_at = Timestamptz(null=True, default=None)  # the last `galley restore`, of what stood at backup_at
    backup_at = Timestamptz(null=True, default=None)
