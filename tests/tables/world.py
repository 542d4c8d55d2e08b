"""The rows every claim starts from, as SQL. Ids are negative: no sequence ever hands one out."""

EMPTY = """
set local session_replication_role = replica;
do $$ declare name text; begin
  for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'migration' loop
    execute format('delete from %I', name);
  end loop;
end $$;
set local session_replication_role = origin;
"""

PEOPLE = """
insert into person (id, email, name, role) values
  (-1, 'ada@example.com', 'Ada', 'editor'), (-2, 'bo@example.com', 'Bo', 'writer');
insert into team (name, zone) values ('Team', 'Europe/Berlin');
insert into session (id, token_sha256, person, expires_at) values (-1, 's1', -1, now());
insert into api_key (id, prefix, secret_sha256, owner, name, scopes) values
  (-1, 'k1', 'x', -1, 'Key', '{read}');
insert into throttle (key, window_at, hits) values ('ip', '2026-01-01', 1);
insert into channel (id, platform, name, hook_token_sha256) values
  (-1, 'webhook', 'Hook', 'h1'), (-2, 'site', 'Site', null), (-3, 'webhook', 'Spare', null);
insert into idempotency (id, owner, key, request_sha256, status, answer) values
  (-1, -1, 'first', sha256('a'), 201, '');
insert into beat (worker, kind) values ('w1', 'publishing');
insert into saved_view (id, person, name) values (-1, -2, 'Week');
"""

CONTENT = """
insert into campaign (id, title) values (-1, 'Spring');
insert into post (id, status, title, zone, campaign, author, planned_on, planned_time, publish_at,
                  revision, generated_revision, form_token) values
  (-1, 'approved', 'First', 'Europe/Berlin', -1, -1, '2026-01-02', '10:00', '2026-01-02 09:00Z',
   -1, -1, '00000000-0000-0000-0000-000000000001'),
  (-2, 'awaiting_user_date', 'Second', 'Europe/Berlin', null, null, null, null, null, null, null, null);
insert into post_channel (post, channel) values (-1, -1);
insert into blob (sha256, bytes, size, mime) values ('b1', 'bytes', 5, 'image/png');
insert into variant (id, source, purpose, blob) values (-1, 'b1', 'width 320', 'b1');
insert into generation (id, post, number, writer, ended_at, result) values
  (-1, -1, 1, 'outline', now(), 'drafted');
insert into charge (generation, month) values (-1, '2026-01-01');
insert into media (id, asset_id, post, generation, status, source, blob) values
  (-1, '00000000-0000-0000-0000-000000000001', -1, -1, 'processed', 'drawn', 'b1');
insert into revision (id, post, number, title, slug, body, body_html, body_sha256, origin, generation) values
  (-1, -1, 1, 'First', 'first', 'Body', '<p>Body</p>', 'x', 'generated', -1),
  (-2, -2, 1, 'Second', 'second', 'Body', '<p>Body</p>', 'x', 'written', null);
insert into rendition (revision, channel, fields) values (-1, -1, '{}');
insert into picture (revision, position, media) values (-1, 0, -1);
insert into draft_copy (post, person, fields) values (-1, -1, '{}');
insert into look (post, person, revision) values (-1, -1, -1);
insert into address (slug, post) values ('first', -1);
insert into seal (id, post, revision, digest, content, by_kind, person) values
  (-1, -1, -1, sha256('{}'), '{}', 'person', -1);
insert into approval (id, post, digest, person) values (-1, -1, sha256('{}'), -1);
insert into comment (id, post, person, body, form_token) values
  (-1, -1, -1, 'Hm.', '00000000-0000-0000-0000-000000000009');
insert into comment (id, post, parent, person, body, revision, resolved_by, resolved_at) values
  (-2, -1, null, -2, 'Settled.', -1, -1, now()), (-3, -1, -2, -1, 'Thanks.', -1, null, null);
insert into mention (comment, person) values (-1, -2);
insert into waiver (revision, name, person, note) values (-1, 'alt', -1, 'A line.');
insert into presence (post, person) values (-1, -1);
insert into link_check (revision) values (-1);
insert into approver (id, campaign, person) values (-1, -1, -1);
insert into ticket (id, kind, token_sha256, person, expires_at) values (-1, 'invite', 't1', -1, now());
"""

PUBLISHING = """
insert into publication (id, post, number, kind, seal, status, completed_at) values
  (-1, -1, 1, 'create', -1, 'completed', now());
insert into delivery (id, publication, post, channel, kind, status, key, live_seal, published_at) values
  (-1, -1, -1, -1, 'create', 'published', 'd1', -1, now());
insert into attempt (id, delivery, number, intent, step, fence, lease_until, ended_at, outcome) values
  (-1, -1, 1, 'create', 'send', '00000000-0000-0000-0000-000000000001', now(), now(), 'published');
insert into upload (channel, blob, remote_id) values (-1, 'b1', 'r1');
insert into recall (id, post, move, ended_at, result) values (-1, -1, 'unpublish', now(), 'done');
insert into event (id, about, about_id, version, post, move, by_kind, person) values
  (-1, 'post', -1, 1, -1, 'create', 'person', -1);
insert into endpoint (id, name, url, campaign, created_by) values
  (-1, 'Ours', 'https://a.example', -1, -1), (-2, 'All', 'https://b.example', null, null);
insert into webhook_send (endpoint, event, type, ended_at, result) values (-1, -1, 'post.create', now(), 'delivered');
insert into callback (id, channel, event_id, scheme, at, body_sha256, delivery, settled_at, result) values
  (-1, -1, 'evt', 'standard', now(), sha256('b'), -1, now(), 'heard');
insert into breach (name, about, about_id, post) values ('event_gap', 'post', -1, -1);
insert into rehearsal (channel, key, verb) values (-1, 'd1', 'publish');
insert into notice (id, person, kind, post, comment, channel, delivery, event) values
  (-1, -1, 'mention', -1, -1, -1, -1, null);
insert into announcement (urls, next_at) values ('{https://a.example/blog/tides}', now());
insert into bookmark (reader, event, ahead, horizon) values ('world', 0, 0, 0);
"""

WORLD = PEOPLE + CONTENT + PUBLISHING + "set constraints all immediate; set constraints all deferred;"
