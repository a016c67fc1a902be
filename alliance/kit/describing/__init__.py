"""The hub's OpenAPI document, made from the code: Litestar tells paths and queries, the handlers'
source tells the rest.

Handlers read their forms with `kit.forms`, one reader a field. `reading` follows a handler's source
with what is known before any request (constants, catalogues) and notes every reader it meets;
`fields` makes schemas of them. `statuses` collects what the functions behind a handler may raise.
`document` puts it together. Nothing is written twice, so nothing can drift apart: tests walk the
hub and compare every field of every page and every status of every answer with the document.
"""
