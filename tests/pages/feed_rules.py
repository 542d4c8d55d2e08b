"""What validators say of a feed: schemas, a strict reading by feedparser, and Ruby's validating parser where it is."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
import jsonschema_rs
from lxml import etree, html

SCHEMAS = Path(__file__).parent / "schemas"
RUBY = """
require "rss"
begin
  feed = RSS::Parser.parse(STDIN.read, validate: true)
  puts feed.nil? ? "Ruby: this is no feed" : ""
rescue RSS::Error, RSS::InvalidRSSError => wrong
  puts "Ruby: #{wrong.class} #{wrong.message}"
end
"""


def rss_faults(data: bytes) -> list[str]:
    """Everything that is wrong with an RSS feed."""
    return [*_grammar("rss-2.0.rng", data), *_parsed(data), *_ruby(data), *_html(_contents(data))]


def json_faults(data: bytes) -> list[str]:
    """Everything that is wrong with a JSON Feed."""
    feed = json.loads(data)
    found = [f"JSON Schema: {error.instance_path} {error.message}" for error in _json_schema().iter_errors(feed)]
    ids = [item["id"] for item in feed["items"]]
    found += [f"id twice: {id}" for id in {*ids} if ids.count(id) > 1]
    return found + _html([item["content_html"] for item in feed["items"]])


def sitemap_faults(data: bytes) -> list[str]:
    """Everything that is wrong with a sitemap."""
    places = [element.text or "" for element in etree.fromstring(data).iter("{*}loc")]
    found = [f"address twice: {place}" for place in {*places} if places.count(place) > 1]
    hosts = {urlsplit(place)[:2] for place in places}
    found += [f"several sites: {hosts}"] if len(hosts) > 1 else []
    return [*_grammar("sitemap.xsd", data), *found, *(f"not ASCII: {place}" for place in places if not place.isascii())]


def _grammar(name: str, data: bytes) -> list[str]:
    schema = _schema(name)
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    schema.validate(etree.fromstring(data, parser))
    return [f"{name}: {error}" for error in schema.error_log]


@cache
def _schema(name: str) -> Any:
    kind = etree.RelaxNG if name.endswith(".rng") else etree.XMLSchema
    return kind(etree.parse(SCHEMAS / name))


@cache
def _json_schema() -> Any:
    return jsonschema_rs.validator_for(
        json.loads((SCHEMAS / "jsonfeed-1.1.json").read_text()), validate_formats=True
    )  # fmt: skip


def _parsed(data: bytes) -> list[str]:
    """feedparser forgives much: what it had to forgive is a fault."""
    feed = feedparser.parse(data, response_headers={"content-type": "application/rss+xml; charset=utf-8"})
    found = [f"feedparser: {feed.bozo_exception}"] if feed.bozo else []
    found += [] if feed.version == "rss20" else [f"feedparser takes it for {feed.version!r}"]
    found += [f"no date: {entry.id}" for entry in feed.entries if not entry.get("published_parsed")]
    ids = [entry.id for entry in feed.entries]
    return found + [f"guid twice: {id}" for id in {*ids} if ids.count(id) > 1]


def _ruby(data: bytes) -> list[str]:
    """Ruby's own library knows the rules of RSS 2.0 by heart; without Ruby the others must do, though not on CI."""
    if not (ruby := shutil.which("ruby")):
        return ["Ruby is missing: apt-get install ruby"] if os.environ.get("CI") == "true" else []
    said = subprocess.run([ruby, "-Ku", "-e", RUBY], input=data, capture_output=True, timeout=60, check=True)
    return [line for line in said.stdout.decode().splitlines() if line]


def _contents(data: bytes) -> list[str]:
    return [element.text or "" for element in etree.fromstring(data).iter("{*}encoded")]


def _html(texts: list[str]) -> list[str]:
    """What stands in a feed is read elsewhere: whole addresses, and nothing that runs."""
    found = []
    for text in texts:
        for element in html.fragment_fromstring(text, create_parent=True).iter():
            addresses = [element.get(name) for name in ("href", "src") if element.get(name)]
            found += [f"relative: {one}" for one in addresses if urljoin("http://elsewhere/", one) != one]
            found += [f"runs: {element.tag}"] if element.tag in ("script", "iframe", "object", "style") else []
            found += [f"runs: {name}" for name in element.attrib if name.startswith("on")]
    return found
