locals {
  days  = { recordings = var.retention_days, raw = var.raw_days, logs = var.raw_days * 12 }
  media = { for kind, name in var.buckets : kind => name if kind != "logs" }

  # Never taken back: no request without TLS, by no stranger, and nothing is set up that copies objects elsewhere.
  everywhere = { for kind, name in var.buckets : kind => [
    {
      Sid       = "OnlyByTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::${name}", "arn:aws:s3:::${name}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    },
    {
      Sid       = "NoReplication"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutReplicationConfiguration"
      Resource  = "arn:aws:s3:::${name}"
    },
    {
      Sid       = "OwnAccountOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::${name}", "arn:aws:s3:::${name}/*"]
      Condition = {
        StringNotEquals = { "aws:PrincipalAccount" = var.cell.account_id }
        Bool            = { "aws:PrincipalIsAWSService" = "false" }
      }
    },
  ] }

  of_media = { for kind, name in local.media : kind => [
    {
      Sid       = "OnlyTheCellsKey"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::${name}/*"
      Condition = { StringNotEqualsIfExists = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = var.kms_key_arn } }
    },
    {
      Sid       = "NoOtherEncryption"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::${name}/*"
      Condition = { StringNotEqualsIfExists = { "s3:x-amz-server-side-encryption" = "aws:kms" } }
    },
    {
      Sid       = "WrittenFromInside"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::${name}/*"
      Condition = { StringNotEquals = { "aws:SourceVpce" = var.s3_endpoint_id } }
    },
  ] }

  of_logs = [for who in ["logging.s3.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"] : {
    Sid       = "LogDelivery${title(split(".", who)[0])}"
    Effect    = "Allow"
    Principal = { Service = who }
    Action    = "s3:PutObject"
    Resource  = "arn:aws:s3:::${var.buckets.logs}/*"
    Condition = { StringEquals = { "aws:SourceAccount" = var.cell.account_id } }
  }]
}

resource "aws_s3_bucket" "this" {
  for_each = var.buckets
  bucket   = each.value

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = var.buckets
  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = var.buckets
  bucket   = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = var.buckets
  bucket   = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

# Load balancers write their logs with no other encryption than the store's own.
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = var.buckets
  bucket   = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = each.key != "logs"

    apply_server_side_encryption_by_default {
      sse_algorithm     = each.key == "logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.key == "logs" ? null : var.kms_key_arn
    }
  }
}

# A versioned bucket keeps what was deleted until this says otherwise.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = var.buckets
  bucket   = aws_s3_bucket.this[each.key].id

  rule {
    id     = "let-go"
    status = "Enabled"

    filter {}

    expiration {
      days = local.days[each.key]
    }

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_cors_configuration" "recordings" {
  bucket = aws_s3_bucket.this["recordings"].id

  cors_rule {
    allowed_methods = ["GET", "HEAD"]
    allowed_origins = [var.site]
    allowed_headers = ["Range"]
    expose_headers  = ["Content-Range", "ETag"]
    max_age_seconds = 3600
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = var.buckets
  bucket   = aws_s3_bucket.this[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.everywhere[each.key], lookup(local.of_media, each.key, []), each.key == "logs" ? local.of_logs : [])
  })
  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_logging" "media" {
  for_each      = local.media
  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["logs"].id
  target_prefix = "store/${each.key}/"
  depends_on    = [aws_s3_bucket_policy.this]
}
