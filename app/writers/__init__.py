"""The registry of writers: which one the settings ask for."""

from app.settings import Settings
from app.writers.contract import Writer
from app.writers.openai_compatible import OpenAIWriter
from app.writers.outline import OutlineWriter


def configured(settings: Settings) -> Writer:
    """The endpoint's writer when an endpoint is named, else the outline writer."""
    if not settings.llm_base_url:
        return OutlineWriter()
    return OpenAIWriter(settings.llm_base_url, settings.llm_model, settings.llm_api_key, settings.llm_timeout)
