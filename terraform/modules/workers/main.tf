# Compositions, captions, letters. A worker that goes loses its lease, and another goes on from there.

locals {
  statements = [
    {
      Sid      = "Store"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
      Resource = [for kind in ["recordings", "raw"] : "arn:aws:s3:::${var.buckets[kind]}/*"]
    },
    {
      Sid      = "LookWhereTheStoreIs"
      Effect   = "Allow"
      Action   = ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetReplicationConfiguration", "s3:ListBucketMultipartUploads"]
      Resource = [for kind in ["recordings", "raw"] : "arn:aws:s3:::${var.buckets[kind]}"]
    },
    {
      Sid       = "SealAndOpen"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = var.kms_key_arn
      Condition = { StringEquals = { "kms:ViaService" = "s3.${var.cell.region}.amazonaws.com" } }
    },
    {
      Sid      = "DatabasePassword"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.database_secret_arn
    },
    {
      Sid      = "FolderOfRecordings"
      Effect   = "Allow"
      Action   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
      Resource = "arn:aws:elasticfilesystem:${var.cell.region}:${var.cell.account_id}:file-system/${var.file_system_id}"
    },
    {
      Sid       = "OwnFigures"
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringEquals = { "cloudwatch:namespace" = "Darasa/${var.cell.name}" } }
    },
  ]
}

module "pool" {
  source          = "../pool"
  cell            = var.cell
  role            = "workers"
  image_id        = var.image_id
  instance_type   = var.instance_type
  volume_gb       = 200 # where recordings are composed
  vpc_id          = var.vpc_id
  subnet_ids      = var.subnet_ids
  bounds          = var.bounds
  kms_key_arn     = var.kms_key_arn
  secrets         = ["secret-key", "jitsi", "jitsi-hooks", "jibri-hooks", "mail"]
  statements_json = jsonencode(local.statements)
  settings        = merge({ DARASA_QUEUES = "media,${var.queue}" }, var.settings)
  drain           = { seconds = 300, queue_arn = var.drain_queue_arn, role_arn = var.drain_role_arn }
  ingress         = {}

  egress = {
    inside = { description = "Database, Redis, shards, recorders, bridges, the folder", protocol = "-1", cidr = var.cidr }
    https  = { description = "Webhooks, the store", protocol = "tcp", from = 443, to = 443, cidr = "0.0.0.0/0" }
    mail   = { description = "Letters", protocol = "tcp", from = 587, to = 587, cidr = "0.0.0.0/0" }
  }
}

resource "aws_autoscaling_policy" "busy" {
  name                   = "${module.pool.asg_name}-busy"
  autoscaling_group_name = module.pool.asg_name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
