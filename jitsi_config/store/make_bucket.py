"""Make the bucket of the bundled store, once. Called inside the Compose file: `make_bucket.py http://store:7070`."""

import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def main(endpoint: str) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=os.environ["S3_REGION"],
        aws_access_key_id=os.environ["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["S3_SECRET_ACCESS_KEY"],
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    bucket = os.environ["S3_BUCKET"]
    try:
        client.create_bucket(Bucket=bucket)
        sys.stdout.write(f"The bucket {bucket} is made.\n")
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise
        sys.stdout.write(f"The bucket {bucket} is there.\n")


if __name__ == "__main__":
    main(sys.argv[1])
