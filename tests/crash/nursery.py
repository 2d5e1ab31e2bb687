"""What every serving process under test has from its birth: the styles and templates of the product, read.

They come with the product and are the same for all: hundreds of starts would each read them anew.
"""

from __future__ import annotations

from engine.application import look_of_pages

look_of_pages()
