# What every kind of machine has: its own role, security group, log and launch template.

locals {
  name = "${var.cell.name}-${var.role}"
  settings = merge({
    DARASA_CELL    = var.cell.name
    DARASA_ROLE    = var.role
    DARASA_ZONE    = var.cell.zone
    DARASA_SECRETS = join(",", sort([for name in var.secrets : "${var.cell.name}/${name}"]))
    # Compared with what the machine was told before anything on it starts.
    DARASA_MANIFEST = "/vc/${var.cell.env}/${var.cell.zone}/manifest"
    AWS_REGION      = var.cell.region
  }, var.settings)

  # Nothing is installed here. The image knows its role's unit, which fetches its secrets by the machine's role.
  user_data = join("\n", ["#cloud-config", yamlencode({
    write_files = [{
      path        = "/etc/darasa/cell.env"
      owner       = "root:root"
      permissions = "0644"
      content     = join("", [for name in sort(keys(local.settings)) : "${name}=${local.settings[name]}\n"])
    }]
    runcmd = [["systemctl", "enable", "--now", "darasa-cell.target"]]
  })])

  own_statements = [
    {
      Sid      = "OwnLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:aws:logs:${var.cell.region}:${var.cell.account_id}:log-group:/${var.cell.name}/${var.role}:*"
    },
    {
      Sid      = "OwnSecrets"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = sort([for name in var.secrets : "arn:aws:secretsmanager:${var.cell.region}:${var.cell.account_id}:secret:${var.cell.name}/${name}-??????"])
    },
    {
      Sid      = "OwnManifest"
      Effect   = "Allow"
      Action   = ["ssm:GetParameter"]
      Resource = "arn:aws:ssm:${var.cell.region}:${var.cell.account_id}:parameter/vc/${var.cell.env}/${var.cell.zone}/manifest"
    },
    {
      Sid      = "OpenThem"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = var.kms_key_arn
      Condition = {
        StringEquals = { "kms:ViaService" = "secretsmanager.${var.cell.region}.amazonaws.com" }
      }
    },
  ]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.cell.name}/${var.role}"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "this" {
  name = local.name
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "what-${var.role}-may"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.own_statements, jsondecode(var.statements_json)) })
}

resource "aws_iam_instance_profile" "this" {
  name = local.name
  role = aws_iam_role.this.name
}

resource "aws_security_group" "this" {
  name        = local.name
  description = "Machines of the kind ${var.role}"
  vpc_id      = var.vpc_id
  tags        = { Name = local.name }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each                     = var.ingress
  security_group_id            = aws_security_group.this.id
  description                  = each.value.description
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.from
  to_port                      = each.value.to
  cidr_ipv4                    = each.value.cidr
  referenced_security_group_id = each.value.security_group_id
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each          = var.egress
  security_group_id = aws_security_group.this.id
  description       = each.value.description
  ip_protocol       = each.value.protocol
  from_port         = each.value.from
  to_port           = each.value.to
  cidr_ipv4         = each.value.cidr
}

resource "aws_launch_template" "this" {
  name                   = local.name
  image_id               = var.image_id
  instance_type          = var.instance_type
  ebs_optimized          = true
  update_default_version = true
  user_data              = base64encode(local.user_data)

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  # Only the host itself gets the role's keys; containers that need them use the host's network.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  network_interfaces {
    associate_public_ip_address = var.public
    delete_on_termination       = true
    security_groups             = [aws_security_group.this.id]
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.volume_gb
      encrypted             = true
      kms_key_id            = var.kms_key_arn
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = local.name, "darasa:cell" = var.cell.name, "darasa:role" = var.role }
  }

  tag_specifications {
    resource_type = "volume"
    tags          = { Name = local.name, "darasa:cell" = var.cell.name }
  }

  # A role without its policy would start machines that cannot fetch what they need.
  depends_on = [aws_iam_role_policy.this]
}
