"""The stand-in for object storage speaks S3 over the wire."""

from __future__ import annotations

import boto3

from tests.s3 import forget_buckets


def test_the_s3_server_keeps_and_forgets(s3_server: str) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    client.create_bucket(Bucket="lessons")
    client.put_object(Bucket="lessons", Key="a", Body=b"lamp")
    assert client.get_object(Bucket="lessons", Key="a")["Body"].read() == b"lamp"
    forget_buckets(s3_server)
    assert client.list_buckets()["Buckets"] == []
