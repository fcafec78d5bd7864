"""The API document as a page."""

from runtime.ops.apidoc import api_page

DOCUMENT = {
    "info": {"title": "T", "version": "1", "description": "a < b"},
    "paths": {
        "/a/{id}": {
            "post": {
                "summary": "Do <it>",
                "tags": ["things"],
                "security": [{"bearer": []}],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                    }
                },
                "responses": {
                    "200": {
                        "description": "Done",
                        "content": {"text/plain": {"schema": {"type": "string"}}},
                    },
                    "201": {
                        "description": "Made",
                        "content": {"application/json": {"schema": {"type": "array", "items": {}}}},
                    },
                },
            }
        }
    },
    "components": {"schemas": {"Thing": {"type": "object"}}},
}


def test_it_shows_each_call_with_what_it_takes_and_answers() -> None:
    html = api_page(DOCUMENT)

    assert "POST /a/{id} <span>Do &lt;it&gt;</span>" in html
    assert "For a signed-in user." in html
    assert "<code>id</code> (path, required)" in html
    assert '<a href="#Thing">Thing</a>' in html
    assert '<div id="Thing">' in html
    assert "text/plain: string" in html
    assert "&quot;items&quot;" in html


def test_nothing_of_the_document_becomes_markup() -> None:
    assert "a &lt; b" in api_page(DOCUMENT)
