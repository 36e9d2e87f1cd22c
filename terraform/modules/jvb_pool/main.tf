# Bridges, in public: pictures and sound go straight to them.

locals {
  statements = [{
    Sid       = "OwnStress"
    Effect    = "Allow"
    Action    = "cloudwatch:PutMetricData"
    Resource  = "*"
    Condition = { StringEquals = { "cloudwatch:namespace" = "Darasa/${var.cell.name}" } }
  }]
}

module "pool" {
  source              = "../pool"
  cell                = var.cell
  role                = "jvb-${var.colour}"
  image_id            = var.image_id
  instance_type       = var.instance_type
  vpc_id              = var.vpc_id
  subnet_ids          = var.subnet_ids
  public              = true
  bounds              = var.bounds
  scaled_by_timetable = true
  kms_key_arn         = var.kms_key_arn
  secrets             = ["xmpp"]
  statements_json     = jsonencode(local.statements)
  settings            = merge({ DARASA_SHARDS = join(",", sort(var.shard_hosts)) }, var.settings)
  drain               = { seconds = 3600, queue_arn = var.drain_queue_arn, role_arn = var.drain_role_arn }

  ingress = merge(
    {
      media = { description = "Pictures and sound", protocol = "udp", from = 10000, to = 10000, cidr = "0.0.0.0/0" }
    },
    { for kind, id in var.client_security_group_ids : "orders-${kind}" => {
      description = "Orders and questions from ${kind}", protocol = "tcp", from = 8080, to = 8080, security_group_id = id
    } },
  )

  egress = {
    media  = { description = "Pictures and sound", protocol = "udp", from = 1024, to = 65535, cidr = "0.0.0.0/0" }
    inside = { description = "The shards", protocol = "tcp", from = 5222, to = 5222, cidr = var.cidr }
    https  = { description = "AWS's interfaces", protocol = "tcp", from = 443, to = 443, cidr = "0.0.0.0/0" }
  }
}

# If nobody plans: more when bridges are busy. It never takes one away, because it knows of no lesson.
resource "aws_autoscaling_policy" "busy" {
  name                   = "${module.pool.asg_name}-busy"
  autoscaling_group_name = module.pool.asg_name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value     = var.stress
    disable_scale_in = true

    customized_metric_specification {
      namespace   = "Darasa/${var.cell.name}"
      metric_name = "BridgeStressPercent"
      statistic   = "Average"
      unit        = "Percent"

      metric_dimension {
        name  = "Pool"
        value = module.pool.asg_name
      }
    }
  }
}
