"""The writer behind any OpenAI-compatible endpoint: one structured completion, repaired at most once."""

from dataclasses import dataclass, replace
from time import monotonic

from app import safe_http
from app.safe_http import Reply
from app.writers import answers, conversation
from app.writers.answers import Choice, Unusable
from app.writers.contract import Brief, Draft, Failed, Say
from app.writers.conversation import Message
from app.writers.endpoint import Endpoint

MOST_TOKENS = 16_000  # reasoning counts too; an answer cut short is asked for once more with twice as many
LEAST_SECONDS = 5.0  # with less left there is no point in asking again
FORMATS: tuple[dict[str, object], ...] = (
    {"response_format": {"type": "json_schema", "json_schema": {
        "name": "article", "strict": True, "schema": conversation.SCHEMA}}},
    {"response_format": {"type": "json_object"}},
    {},
)  # fmt: skip
CEILINGS = ("max_completion_tokens", "max_tokens", "")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What this server understands: an index into FORMATS and one into CEILINGS, and the ceiling itself."""

    shape: int = 0
    ceiling: int = 0
    tokens: int = MOST_TOKENS

    def options(self) -> dict[str, object]:
        limit = {CEILINGS[self.ceiling]: self.tokens} if CEILINGS[self.ceiling] else {}
        return {**FORMATS[self.shape], **limit}

    def after(self, complaint: str) -> "Dialect | None":
        """The next simpler dialect, if the complaint is about one of our options."""
        said = complaint.lower()
        if any(word in said for word in ("max_completion_tokens", "max_tokens")) and self.ceiling + 1 < len(CEILINGS):
            return replace(self, ceiling=self.ceiling + 1)
        told = any(word in said for word in ("response_format", "json_schema", "json_object", "structured output"))
        return replace(self, shape=self.shape + 1) if told and self.shape + 1 < len(FORMATS) else None


class OpenAIWriter:
    """One draft is one completion, two when the first cannot be used, all within `seconds`."""

    name = "openai"
    label = "OpenAI-compatible writer"
    invents = True

    def __init__(self, base_url: str, model: str, api_key: str, seconds: float) -> None:
        self._endpoint = Endpoint(base_url, api_key)
        self._model = model
        self._seconds = seconds

    async def draft(self, brief: Brief, say: Say) -> Draft | Failed:
        end = monotonic() + self._seconds
        await say("reading the brief")
        messages = conversation.opening(brief)
        await say("writing")
        first = await self._complete(messages, Dialect(), end)
        if isinstance(first, Failed):
            return first
        await say("checking")
        answer = self._read(first[0], brief)
        if not isinstance(answer, Unusable):
            return answer
        return await self._once_more(first, messages, answer, brief, end)

    async def _once_more(
        self, first: tuple[Choice, Dialect], messages: list[Message], wrong: Unusable, brief: Brief, end: float
    ) -> Draft | Failed:
        """A truncated answer gets a larger limit, any other unusable one a word about what is wrong."""
        choice, dialect = first
        if choice.finish == "length":
            again, dialect = messages, replace(dialect, tokens=dialect.tokens * 2)
        else:
            again = conversation.repair(messages, choice.text, wrong.problem)
        if end - monotonic() < LEAST_SECONDS:
            return _unfinished(wrong)
        second = await self._complete(again, dialect, end)
        if isinstance(second, Failed):
            return second
        answer = self._read(second[0], brief)
        return _unfinished(answer) if isinstance(answer, Unusable) else answer

    async def _complete(self, messages: list[Message], dialect: Dialect, end: float) -> tuple[Choice, Dialect] | Failed:
        """One completion in the richest dialect the server takes; a 400 about an option cost it nothing."""
        reply = await self._ask(messages, dialect, end)
        while isinstance(reply, Reply) and reply.status in (400, 422):
            simpler = dialect.after(self._endpoint.problem(reply).text)
            if simpler is None:
                break
            dialect = simpler
            reply = await self._ask(messages, dialect, end)
        if isinstance(reply, Failed):
            return reply
        return self._endpoint.failed(reply) if not reply.ok else _chosen(reply, dialect)

    async def _ask(self, messages: list[Message], dialect: Dialect, end: float) -> Reply | Failed:
        payload = {"model": self._model, "messages": messages, **dialect.options()}
        return await self._endpoint.post("/chat/completions", payload, max(0.1, end - monotonic()))

    def _read(self, choice: Choice, brief: Brief) -> Draft | Failed | Unusable:
        if choice.refusal or choice.finish == "content_filter":
            said = f" It said: {choice.refusal[:240]}" if choice.refusal else ""
            return Failed("refused", f"The model refused to write this.{said}")
        if choice.finish == "length":
            return Unusable("It was cut short.")
        if not choice.text.strip():
            return Unusable("It is empty.")
        answer = answers.written(choice.text)
        if isinstance(answer, Unusable):
            return answer
        return answers.drafted(answer, brief, replace(choice, model=choice.model or self._model))


def _chosen(reply: Reply, dialect: Dialect) -> tuple[Choice, Dialect] | Failed:
    found = answers.choice(safe_http.json_object(reply))
    if found is None:
        return Failed("incomplete_output", "The endpoint answered, but not with a chat completion.")
    return found, dialect


def _unfinished(wrong: Unusable) -> Failed:
    return Failed("incomplete_output", f"The model's answer could not be used. {wrong.problem}")
