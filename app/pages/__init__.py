"""The HTML doors: parse, load, one verb, render. app/main.py registers them, app/access.py says who may enter."""
