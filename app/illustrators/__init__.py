"""The registry of illustrators: which one the settings ask for."""

from app.illustrators.contract import Illustrator
from app.illustrators.cover import Cover
from app.illustrators.openai_images import OpenAIImages
from app.settings import Settings


def configured(settings: Settings) -> Illustrator:
    """The endpoint's illustrator when an images endpoint is named, else the drawn cover."""
    if not settings.image_base_url:
        return Cover()
    wanted = (settings.image_base_url, settings.image_model, settings.image_api_key, settings.image_timeout)
    return OpenAIImages(*wanted)
