# The folder that recorders write into and workers take from. What a recorder wrote outlives it.

resource "aws_efs_file_system" "this" {
  creation_token   = "${var.cell.name}-recordings"
  encrypted        = true
  kms_key_id       = var.kms_key_arn
  performance_mode = "generalPurpose"
  throughput_mode  = "elastic" # a bell is a burst
  tags             = { Name = "${var.cell.name}-recordings" }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_efs_file_system_policy" "this" {
  file_system_id = aws_efs_file_system.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyByTls"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "*"
        Resource  = "*"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "RecordersAndWorkers"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.cell.account_id}:root" }
        Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        Resource  = "*"
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.this.arn } }
      },
    ]
  })
}

# Jitsi's images and Darasa's run as this user.
resource "aws_efs_access_point" "this" {
  file_system_id = aws_efs_file_system.this.id
  tags           = { Name = "${var.cell.name}-recordings" }

  posix_user {
    uid = 1000
    gid = 1000
  }

  root_directory {
    path = "/recordings"

    creation_info {
      owner_uid   = 1000
      owner_gid   = 1000
      permissions = "0750"
    }
  }
}

resource "aws_security_group" "this" {
  name        = "${var.cell.name}-folder"
  description = "The folder of recordings"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.cell.name}-folder" }
}

resource "aws_vpc_security_group_ingress_rule" "nfs" {
  security_group_id = aws_security_group.this.id
  description       = "NFS inside TLS, from the cell"
  cidr_ipv4         = var.cidr
  from_port         = 2049
  to_port           = 2049
  ip_protocol       = "tcp"
}

resource "aws_efs_mount_target" "this" {
  count           = length(var.subnet_ids)
  file_system_id  = aws_efs_file_system.this.id
  subnet_id       = var.subnet_ids[count.index]
  security_groups = [aws_security_group.this.id]
}
