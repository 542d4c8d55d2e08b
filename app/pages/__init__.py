"""The HTML doors: parse, load, one verb, render. app/doors.py lists them, app/rules.py says who may enter."""
