# One key a cell: whoever loses the key of one zone has lost nothing of another's.

resource "aws_kms_key" "this" {
  description             = "Everything that ${var.cell.name} keeps"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  multi_region            = false # a key that may be copied to another region would take the recordings along

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountDecidesByRoles"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.cell.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "LogsOfThisCell"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.cell.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:${var.cell.region}:${var.cell.account_id}:log-group:/${var.cell.name}/*" }
        }
      },
      {
        Sid       = "AlarmsToTheirTopic"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = var.cell.account_id } }
      },
      {
        Sid       = "DisksOfPools"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.cell.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
      },
      {
        Sid       = "DisksOfPoolsAttached"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.cell.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling" }
        Action    = "kms:CreateGrant"
        Resource  = "*"
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
    ]
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.cell.name}"
  target_key_id = aws_kms_key.this.key_id
}
