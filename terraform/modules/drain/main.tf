# Machines that are to go: their pools say so here, and wait until whoever works through this queue lets them.

resource "aws_sqs_queue" "dead" {
  name                              = "${var.cell.name}-drain-dead"
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 3600
  message_retention_seconds         = 14 * 24 * 3600
}

resource "aws_sqs_queue" "this" {
  name                              = "${var.cell.name}-drain"
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 3600
  message_retention_seconds         = 2 * 24 * 3600 # a hook waits no longer
  visibility_timeout_seconds        = 60
  receive_wait_time_seconds         = 20
  redrive_policy                    = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 100 })
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyByTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = "arn:aws:sqs:${var.cell.region}:${var.cell.account_id}:${var.cell.name}-drain"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_iam_role" "hooks" {
  name = "${var.cell.name}-drain-hooks"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "autoscaling.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.cell.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "hooks" {
  name = "say-who-goes"
  role = aws_iam_role.hooks.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage", "sqs:GetQueueUrl"]
        Resource = "arn:aws:sqs:${var.cell.region}:${var.cell.account_id}:${var.cell.name}-drain"
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.kms_key_arn
      },
    ]
  })
}
