"""What every serving process under test has from its birth: the product imported, its styles and templates read.

They come with the product and are the same for all: hundreds of starts would each read them anew.
"""

from __future__ import annotations

import uvicorn.lifespan.on
import uvicorn.loops.auto
import uvicorn.protocols.http.auto
import uvicorn.protocols.websockets.auto  # noqa: F401

import engine.cli  # noqa: F401
from engine.application import look_of_pages

look_of_pages()
