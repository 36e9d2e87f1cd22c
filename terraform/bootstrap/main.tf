# Where the states of one cell are kept, in its own region and account. Once, by hand; its own state is a file, and
# what it makes can be imported should that be lost (docs/operations/terraform.md).

locals {
  zone = jsondecode(file("${path.module}/../zones.json")).zones[var.zone]
}

provider "aws" {
  region              = local.zone.region
  allowed_account_ids = [local.zone.environments[var.env].account_id]
}

module "residency" {
  source = "../modules/residency"
  env    = var.env
  zone   = var.zone
}

locals {
  cell   = module.residency.cell
  bucket = module.residency.environment.buckets.state
}

resource "aws_kms_key" "state" {
  description             = "Terraform's states of ${local.cell.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecidesByRoles"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${local.cell.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "state" {
  name          = "alias/${local.bucket}"
  target_key_id = aws_kms_key.state.key_id
}

resource "aws_s3_bucket" "state" {
  bucket = local.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state.arn
    }
  }
}

# Half a year of what was: long enough to go back, not for ever.
resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 180
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyByTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::${local.bucket}", "arn:aws:s3:::${local.bucket}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "NoReplication"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutReplicationConfiguration"
        Resource  = "arn:aws:s3:::${local.bucket}"
      },
    ]
  })
  depends_on = [aws_s3_bucket_public_access_block.state]
}
