"""A parcel as objects of a bucket, by the key that the site names and nothing of this computer's own settings."""

from __future__ import annotations

from pepperbird.errors import UsageError
from pepperbird.model.delivery import Bucket
from pepperbird.model.text import clean
from pepperbird.notify.parcel import Attachment, Outcome, Parcel

SECONDS = 30


def put(place: Bucket, secret: str, parcel: Parcel) -> Outcome:
    """Write the parcel's files below the prefix, in one folder an agency. Raises UsageError where boto3 is missing."""
    try:
        import boto3.session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise UsageError("delivery to a bucket needs boto3: install pepperbird[aws]") from None
    client = boto3.session.Session(
        aws_access_key_id=place.key, aws_secret_access_key=secret, region_name=place.region
    ).client(
        "s3", endpoint_url=place.endpoint,
        config=Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1}),
    )  # fmt: skip
    text = Attachment("message.txt", "text/plain; charset=utf-8", parcel.text.encode())
    prefix = "/".join(part for part in (place.prefix.strip("/"), parcel.agency) if part)
    try:
        for file in (*parcel.files, text):
            client.put_object(
                Bucket=place.bucket, Key=f"{prefix}/{parcel.run}-{file.name}", Body=file.data, ContentType=file.kind
            )
    except ClientError as error:
        said = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        state = "later" if status >= 500 or status == 429 else "refused"
        return Outcome(state, clean(f"{status} {said.get('Code', '')}: {said.get('Message', '')}", 300))  # type: ignore[arg-type]
    except BotoCoreError as error:
        return Outcome("later", clean(str(error), 300))
    finally:
        client.close()
    return Outcome("sent", f"{place.bucket}/{prefix}")
