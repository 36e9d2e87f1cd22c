# Web processes, the API and the loop that sets how many recorders and bridges there are.

locals {
  here      = "${var.cell.region}:${var.cell.account_id}"
  timetable = { StringEquals = { "aws:ResourceTag/darasa:scaled-by" = "timetable", "aws:ResourceTag/darasa:cell" = var.cell.name } }

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
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["s3", "sqs"] : "${service}.${var.cell.region}.amazonaws.com"] } }
    },
    {
      Sid      = "DatabasePassword"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.database_secret_arn
    },
    {
      Sid    = "NumberOfRecordersAndBridges"
      Effect = "Allow"
      Action = [
        "autoscaling:SetDesiredCapacity", "autoscaling:SetInstanceProtection", "autoscaling:PutScheduledUpdateGroupAction",
        "autoscaling:DeleteScheduledAction", "autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat",
      ]
      Resource  = [for role in ["jvb", "jibri"] : "arn:aws:autoscaling:${local.here}:autoScalingGroup:*:autoScalingGroupName/${var.cell.name}-${role}*"]
      Condition = local.timetable
    },
    {
      # These calls know no narrower resource.
      Sid       = "SeeThem"
      Effect    = "Allow"
      Action    = ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScheduledActions", "ec2:DescribeInstances"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:RequestedRegion" = var.cell.region } }
    },
    {
      Sid      = "WhoIsToGo"
      Effect   = "Allow"
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
      Resource = var.drain_queue_arn
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
  source            = "../pool"
  cell              = var.cell
  role              = "app"
  image_id          = var.image_id
  instance_type     = var.instance_type
  vpc_id            = var.vpc_id
  subnet_ids        = var.subnet_ids
  bounds            = var.bounds
  target_group_arns = var.target_group_arns
  kms_key_arn       = var.kms_key_arn
  secrets           = ["secret-key", "jitsi", "jitsi-hooks", "jibri-hooks", "mail"]
  statements_json   = jsonencode(local.statements)
  settings = merge({
    DARASA_QUEUES = "celery,boards,outward"
    # Both load balancers come from other machines, and say for whom.
    DARASA_LISTEN  = "0.0.0.0"
    DARASA_PROXIES = var.cidr
  }, var.settings)
  drain = { seconds = 90 } # sockets come back elsewhere within seconds

  ingress = {
    pages = {
      description       = "Pages and sockets", protocol = "tcp", from = 8000, to = 8000
      security_group_id = var.load_balancer_security_group_id
    }
    hooks = { description = "What shards and recorders tell", protocol = "tcp", from = 8000, to = 8000, cidr = var.cidr }
  }

  egress = {
    inside = { description = "Database, Redis, shards, recorders, bridges", protocol = "-1", cidr = var.cidr }
    https  = { description = "Webhooks, identity providers, the store", protocol = "tcp", from = 443, to = 443, cidr = "0.0.0.0/0" }
    mail   = { description = "Letters", protocol = "tcp", from = 587, to = 587, cidr = "0.0.0.0/0" }
  }
}

resource "aws_autoscaling_policy" "busy" {
  name                   = "${module.pool.asg_name}-busy"
  autoscaling_group_name = module.pool.asg_name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 50 # a bell doubles it

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
