"""The eight rules that our own rows must keep, each as the SQL that finds what breaks it. For app/self_check.py.

Every statement answers with (about, about_id, post, note). Each sees one snapshot, and every verb commits whole, so
what they find is never a verb half-way. Where clocks or effects of two transactions are compared, a minute is allowed.
"""

from dataclasses import dataclass

from app.lifecycles.facts import STANDING, UNSETTLED
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus, MediaStatus, PostStatus, PublicationStatus, listed

ANSWERED = (DeliveryStatus.PUBLISHED, DeliveryStatus.WITHDRAWN, DeliveryStatus.UNCONFIRMED)
WAS_LIVE = (DeliveryStatus.PUBLISHED, DeliveryStatus.WITHDRAWN)
LEAVING = (PostStatus.SCHEDULED, PostStatus.PUBLISHING)
# What settled without its post following is left to the sweep; after a minute the sweep has failed, too.
LEFT = "coalesce((SELECT max(at) FROM event WHERE post = p.id), p.updated_at) < now() - interval '1 minute'"
SENDINGS = "('create', 'update', 'hand_off')"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: its name in rows and logs, what a breach of it means, and the SQL that finds breaches."""

    name: str
    means: str
    statement: str

    def over(self, where: str = "true") -> str:
        """The statement for the posts of which `where` is true; it bounds what would otherwise be read whole."""
        return f"SELECT about, about_id, post, note FROM ({self.statement.format(where=where)}) x WHERE {where}"  # noqa: S608


TWICE = f"""
SELECT 'post' AS about, post AS about_id, post, count(*) || ' deliveries stand on channel ' || channel AS note
FROM delivery WHERE kind = 'create' AND set_aside_at IS NULL AND status IN ({listed(*STANDING)})
GROUP BY post, channel HAVING count(*) > 1
"""  # noqa: S608
UNHEARD = f"""
SELECT 'delivery' AS about, d.id AS about_id, d.post, 'no attempt was written down' AS note
FROM delivery d WHERE d.status IN ({listed(*ANSWERED)}) AND NOT EXISTS (SELECT 1 FROM attempt WHERE delivery = d.id)
UNION ALL SELECT 'delivery', d.id, d.post, 'its attempt ' || a.number || ' never ended'
FROM attempt a JOIN delivery d ON d.id = a.delivery
WHERE a.ended_at IS NULL AND a.lease_until < now() - interval '15 minutes' AND d.status NOT IN ({listed(*UNSETTLED)})
UNION ALL SELECT 'delivery', d.id, d.post, 'its publication has ended without it'
FROM delivery d JOIN publication u ON u.id = d.publication
WHERE d.status IN ({listed(*UNSETTLED)}) AND u.status NOT IN ({listed(*OPEN)})
"""  # noqa: S608
ASTRAY = f"""
SELECT 'post' AS about, p.id AS about_id, p.id AS post, 'it is ' || p.status || ' without a run' AS note
FROM post p WHERE p.status IN ({listed(*LEAVING)})
  AND NOT EXISTS (SELECT 1 FROM publication WHERE post = p.id AND status IN ({listed(*OPEN)}))
UNION ALL SELECT 'post', p.id, p.id, 'it has an open run and is ' || p.status
FROM publication u JOIN post p ON p.id = u.post
WHERE u.status IN ({listed(*OPEN)}) AND p.status NOT IN ({listed(*LEAVING)})
UNION ALL SELECT 'post', p.id, p.id, 'everything has settled and it is ' || p.status
FROM post p JOIN publication u ON u.post = p.id AND u.status IN ({listed(*OPEN)})
WHERE p.status = '{PostStatus.PUBLISHING}' AND {LEFT}
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE publication = u.id AND status IN ({listed(*UNSETTLED)}))
UNION ALL SELECT 'post', p.id, p.id, 'it is ' || p.status || ', and channel ' || d.channel || ' never had it'
FROM post p JOIN delivery d ON d.post = p.id AND d.kind = 'create'
JOIN post_channel x ON x.post = p.id AND x.channel = d.channel
WHERE p.status = '{PostStatus.PUBLISHED}' GROUP BY p.id, d.channel
HAVING NOT bool_or(d.status IN ({listed(*WAS_LIVE)}))
UNION ALL SELECT 'post', p.id, p.id, 'it is ' || p.status || ', and every channel has it'
FROM post p WHERE p.status = '{PostStatus.PUBLISH_FAILED}' AND p.archived_at IS NULL AND {LEFT}
  AND NOT EXISTS (SELECT 1 FROM recall WHERE post = p.id AND ended_at IS NULL)
  AND EXISTS (SELECT 1 FROM post_channel WHERE post = p.id)
  AND NOT EXISTS (SELECT 1 FROM post_channel x LEFT JOIN delivery d ON d.post = p.id AND d.channel = x.channel
    AND d.kind = 'create' AND d.set_aside_at IS NULL AND d.resurfaced_at IS NULL
    AND d.status = '{DeliveryStatus.PUBLISHED}' WHERE x.post = p.id AND d.id IS NULL)
"""  # noqa: S608


def gaps(table: str, post: str, untold: int) -> str:
    """Rows whose version steps and events differ in number; `untold`: 1 where the first version has no event."""
    return f"""
SELECT '{table}' AS about, t.id AS about_id, {post} AS post,
  'version ' || t.version || ', ' || coalesce(e.told, 0) || ' events' AS note
FROM {table} t LEFT JOIN (SELECT about_id, count(*) AS told FROM event
  WHERE about = '{table}' AND version IS NOT NULL AND {{where}} GROUP BY about_id) e ON e.about_id = t.id
WHERE coalesce(e.told, 0) + {untold} <> t.version
"""  # noqa: S608


STEPPED = (("post", "t.id", 0), ("publication", "t.post", 0), ("delivery", "t.post", 1), ("media", "t.post", 1))
UNTOLD = " UNION ALL ".join(gaps(*table) for table in STEPPED)
FORGOTTEN = f"""
SELECT 'delivery' AS about, d.id AS about_id, d.post, 'nobody looks at it again' AS note
FROM delivery d JOIN publication u ON u.id = d.publication
WHERE d.next_at IS NULL AND d.status IN ({listed(*UNSETTLED)})
  AND (d.status <> '{DeliveryStatus.PENDING}' OR u.status = '{PublicationStatus.SCHEDULED}' AND u.held_for IS NULL)
UNION ALL SELECT 'publication', id, post, 'nobody takes it on' FROM publication
WHERE next_at IS NULL AND status = '{PublicationStatus.PENDING}'
UNION ALL SELECT 'media', id, post, 'nobody draws it' FROM media
WHERE next_at IS NULL AND status = '{MediaStatus.PENDING}'
UNION ALL SELECT 'post', post, post, 'its run is watched by nobody' FROM generation
WHERE next_at IS NULL AND ended_at IS NULL
UNION ALL SELECT 'recall', id, post, 'nobody asks any more' FROM recall WHERE next_at IS NULL AND ended_at IS NULL
UNION ALL SELECT 'post', p.id, p.id, 'it is ' || p.status || ' without a run' FROM post p
WHERE p.status = '{PostStatus.GENERATING}'
  AND NOT EXISTS (SELECT 1 FROM generation WHERE post = p.id AND ended_at IS NULL)
"""  # noqa: S608
UNSEALED = f"""
SELECT 'delivery' AS about, d.id AS about_id, d.post, 'attempt ' || a.number || CASE
    WHEN s.post <> d.post THEN ' went out under another post''s seal'
    WHEN s.voided_at IS NOT NULL AND a.outcome IS DISTINCT FROM 'not_sent'
      AND s.voided_at < a.opened_at - interval '1 minute' THEN ' went out under a void seal'
    ELSE ' went out without a digest' END AS note
FROM attempt a JOIN delivery d ON d.id = a.delivery JOIN publication u ON u.id = d.publication
LEFT JOIN seal s ON s.id = u.seal
WHERE a.intent IN {SENDINGS} AND (s.id IS NULL OR s.post <> d.post
  OR s.voided_at < a.opened_at - interval '1 minute' AND a.outcome IS DISTINCT FROM 'not_sent'
  OR a.request_sha256 IS NULL AND a.outcome IN ('published', 'handed_off', 'went_on'))
UNION ALL SELECT 'delivery', d.id, d.post, 'what is live is not what was sealed'
FROM delivery d JOIN publication u ON u.id = d.publication
WHERE d.kind = 'create' AND d.status = '{DeliveryStatus.PUBLISHED}' AND d.live_seal IS DISTINCT FROM u.seal
  AND NOT EXISTS (SELECT 1 FROM delivery n JOIN publication v ON v.id = n.publication
    WHERE n.post = d.post AND n.updates = d.id AND v.seal = d.live_seal)
"""  # noqa: S608
# A time that a person moved after the call (held half-way, then sent now) was another one when the call was made.
EARLY = """
SELECT 'delivery' AS about, d.id AS about_id, d.post,
  'attempt ' || a.number || ' began ' || (u.due_at - a.opened_at) || ' before its time' AS note
FROM publication u JOIN delivery d ON d.publication = u.id JOIN attempt a ON a.delivery = d.id
WHERE a.intent IN ('create', 'update') AND a.opened_at < u.due_at AND NOT EXISTS (SELECT 1 FROM event e
  WHERE e.post = d.post AND e.at >= a.opened_at AND e.move IN ('publish_now', 'reschedule'))
"""
UNEARNED = """
SELECT 'charge' AS about, c.generation AS about_id, g.post,
  coalesce('the run ended ' || g.result, 'there is no such run, or it is not over') AS note
FROM charge c LEFT JOIN generation g ON g.id = c.generation WHERE g.result IS DISTINCT FROM 'drafted'
"""

CHECKS = (
    Check("two_standing", "Two deliveries of one post stand on one channel: it may be live twice.", TWICE),
    Check("settled_unheard", "A delivery has settled though nothing was written down of how.", UNHEARD),
    Check("status_astray", "A post's status is not what its deliveries say.", ASTRAY),
    Check("event_gap", "A change has no event, or more than one.", UNTOLD),
    Check("forgotten", "Something is under way and nobody will look at it again.", FORGOTTEN),
    Check("unsealed", "Something was sent that was not sealed like that.", UNSEALED),
    Check("too_early", "Something was sent before its time.", EARLY),
    Check("unearned_charge", "A draft was charged that was never delivered.", UNEARNED),
)
