"""The HTML doors: parse, load, one verb, render. app/doors.py lists them, app/access.py says who may enter."""
