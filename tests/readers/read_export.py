"""Prints the items of a downloaded export: read_export.py FOLDER/.../manifest-summary.json. As short as a stranger would write it."""
import base64
import gzip
import hashlib
import json
import sys
from pathlib import Path


def items(summary_path):
    summary = json.loads(summary_path.read_text())
    bucket = Path(str(summary_path).removesuffix(summary["manifestFilesS3Key"].replace("manifest-files", "manifest-summary")))
    for line in (bucket / summary["manifestFilesS3Key"]).read_text().splitlines():
        file = json.loads(line)
        content = (bucket / file["dataFileS3Key"]).read_bytes()
        assert base64.b64encode(hashlib.md5(content).digest()).decode() == file["md5Checksum"]
        yield from (json.loads(record)["Item"] for record in gzip.decompress(content).splitlines())


print(json.dumps(list(items(Path(sys.argv[1])))))
