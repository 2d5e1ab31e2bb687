"""`python -m engine.runtime.sovereignty.scanner < asked.json`."""

from engine.runtime.sovereignty.scanner.proof import main

raise SystemExit(main())
