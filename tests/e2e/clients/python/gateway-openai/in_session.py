"""The same application, whose calls name the session that they belong to."""

import functools
import os

import openai

HEADERS = {"x-vitrine-session": os.environ["APP_SESSION"]}
openai.OpenAI = functools.partial(openai.OpenAI, default_headers=HEADERS)
openai.AsyncOpenAI = functools.partial(openai.AsyncOpenAI, default_headers=HEADERS)

import main  # noqa: E402, F401
