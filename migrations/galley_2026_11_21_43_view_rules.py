"""One name per person's view; and the words a post is found by: title, keyword and the body it has now.

They stand in a table of their own, kept by triggers:
- not as a generated column or expression index of `revision`: revisions never change, but which of them is the
  current one does, and a desk of 200,000 posts has four times as many; a common word would find all of them.
- not as a column of `post`: every move writes the post's row anew, and with it all its words into the index.
Here a move costs nothing, the words follow the current revision in the transaction that makes it so, and a list can be
walked in its own order with one cheap look per post (common words) or be made of what the index finds (rare ones).

`simple`: nobody says in which language a team writes. Punctuation parts words, so that either/or and e-mail are found
by each half. Bodies count up to 100,000 characters; a vector holds no more than a megabyte.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:43:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of saved views, and what keeps the words to search"

CONSTRAINTS = {"saved_view_has_a_name": "check (length(name) between 1 and 60)"}
INDEXES = {
    "saved_view_name": "unique index saved_view_name on saved_view (person, lower(name))",
    "search_entry_words": "index search_entry_words on search_entry using gin (words)",
}
# The same signs as SIGNS of app/pages/search.py.
WORDS = r"""
create function search_words(title text, keyword text, body text) returns tsvector
language sql immutable parallel safe as $$
  with blank (signs) as (values ($p$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~$p$))
  select setweight(to_tsvector('simple', lower(translate(title || ' ' || keyword, signs, repeat(' ', 32)))), 'A')
    || setweight(to_tsvector('simple', lower(translate(left(coalesce(body, ''), 100000), signs, repeat(' ', 32)))), 'D')
  from blank $$
"""
KEEP = """
create function keep_search_entry() returns trigger language plpgsql as $$ begin
  if tg_op = 'UPDATE' then
    insert into search_entry values (new.id, search_words(new.title, new.keyword,
      (select body from revision where id = new.revision)))
    on conflict (post) do update set words = excluded.words;
  elsif tg_table_name = 'post' then
    insert into search_entry select f.id, search_words(f.title, f.keyword, r.body)
      from fresh f left join revision r on r.id = f.revision
    on conflict (post) do update set words = excluded.words;
  else
    insert into search_entry select p.id, search_words(p.title, p.keyword, f.body)
      from fresh f join post p on p.revision = f.id
    on conflict (post) do update set words = excluded.words;
  end if;
  return null;
end $$
"""
TRIGGERS = {
    "post_made_searchable": ("post", "after insert on post referencing new table as fresh for each statement"),
    "post_kept_searchable": (
        "post",
        "after update on post for each row when ((old.title, old.keyword, old.revision)"
        " is distinct from (new.title, new.keyword, new.revision))",
    ),
    "revision_made_searchable": (
        "revision",
        "after insert on revision referencing new table as fresh for each statement",
    ),
}
FILL = """
insert into search_entry select p.id, search_words(p.title, p.keyword, r.body)
from post p left join revision r on r.id = p.revision
"""


def up() -> list[str]:
    checks = [f"alter table saved_view add constraint {name} {rule}" for name, rule in CONSTRAINTS.items()]
    triggers = [
        f"create trigger {name} {when} execute function keep_search_entry()" for name, (_, when) in TRIGGERS.items()
    ]
    indexes = [f"create {index}" for index in INDEXES.values()]
    return [*checks, WORDS, KEEP, FILL, *indexes, *triggers]


def down() -> list[str]:
    triggers = [f"drop trigger {name} on {table}" for name, (table, _) in TRIGGERS.items()]
    indexes = [f"drop index {name}" for name in INDEXES]
    checks = [f"alter table saved_view drop constraint {name}" for name in CONSTRAINTS]
    functions = ["drop function keep_search_entry()", "drop function search_words(text, text, text)"]
    return [*triggers, *functions, *indexes, *checks]


async def add_rules() -> None:
    for statement in up():
        await engine_finder().run_ddl(statement)


async def drop_rules() -> None:
    for statement in down():
        await engine_finder().run_ddl(statement)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
