"""What the page allows itself: the one script that pytest-html wrote into it, and nothing from elsewhere.

Source: Content Security Policy Level 3 (`script-src` by hash, as a `meta` element in the page's head).
"""

from __future__ import annotations

import base64
import hashlib
import re

_HEAD = '<meta charset="utf-8"/>'
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_HANDLER = re.compile(r'onclick="([^"]*)"')


def with_policy(page: str) -> str:
    """Return `page` with a policy in its head: the last script runs, no other, and nothing is loaded.

    Everything that is escaped wrongly, here or in an add-on, stays without effect then. A page that
    doesn't look as pytest-html writes it, or that isn't self-contained, is returned as it is.
    """
    scripts = _SCRIPT.findall(page)
    if page.count(_HEAD) != 1 or not scripts or 'rel="stylesheet"' in page.partition("</head>")[0]:
        return page
    tail = page.index('<div class="summary__reload">') if '<div class="summary__reload">' in page else 0
    handler = _HANDLER.search(page, tail)  # pytest-html's button to load a page anew that isn't finished
    allowed = [scripts[-1], *([handler[1]] if handler else [])]
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in allowed)
    policy = (
        f"default-src 'none'; script-src 'unsafe-hashes' {hashes}; style-src 'unsafe-inline'; "
        "img-src data:; media-src data:; base-uri 'none'; form-action 'none'"
    )
    return page.replace(
        _HEAD, f'{_HEAD}\n    <meta http-equiv="Content-Security-Policy" content="{policy}"/>', 1
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
