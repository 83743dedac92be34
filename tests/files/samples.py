"""Files as people hand them in."""

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "
MAIL = b"From: kim@customer.example\r\nMessage-ID: <a@b>\r\nSubject: No\r\n\r\n<b>We object.</b>\r\n"


def archive(*names: str, **contents: bytes) -> bytes:
    """A ZIP with these files in it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        for name, content in contents.items():
            out.writestr(name, content)
        for name in names:
            out.writestr(name, b"x")
    return made.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
ODT = archive("content.xml", mimetype=b"application/vnd.oasis.opendocument.text")
