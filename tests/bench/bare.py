"""The baseline: a bare Litestar route with a constant template, served like the desk's own web process."""

import sys

import uvicorn
from jinja2 import DictLoader, Environment
from litestar import Litestar, get
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template.config import TemplateConfig

PAGE = "<!doctype html><title>{{ title }}</title>" + "<p>Tides come twice a day.</p>" * 200


@get("/")
async def page() -> Template:
    return Template("page.html", context={"title": "Bare"})


environment = Environment(loader=DictLoader({"page.html": PAGE}), autoescape=True)
app = Litestar([page], template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment)))

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
