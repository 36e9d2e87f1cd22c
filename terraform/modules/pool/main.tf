# A number of equal machines.

module "host" {
  source          = "../host"
  cell            = var.cell
  role            = var.role
  image_id        = var.image_id
  instance_type   = var.instance_type
  volume_gb       = var.volume_gb
  vpc_id          = var.vpc_id
  public          = var.public
  ingress         = var.ingress
  egress          = var.egress
  kms_key_arn     = var.kms_key_arn
  secrets         = var.secrets
  statements_json = var.statements_json
  settings        = var.settings
}

resource "aws_autoscaling_group" "this" {
  name                      = module.host.name
  min_size                  = var.bounds.min
  max_size                  = var.bounds.max
  vpc_zone_identifier       = var.subnet_ids
  target_group_arns         = var.target_group_arns
  health_check_type         = length(var.target_group_arns) > 0 ? "ELB" : "EC2"
  health_check_grace_period = 180
  default_instance_warmup   = 120
  protect_from_scale_in     = var.scaled_by_timetable
  # Balancing between availability zones would end machines that are in the middle of a lesson.
  suspended_processes       = var.scaled_by_timetable ? ["AZRebalance"] : []
  termination_policies      = ["OldestLaunchTemplate", "OldestInstance"]
  wait_for_capacity_timeout = "0"
  enabled_metrics           = ["GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances", "GroupTerminatingInstances"]

  launch_template {
    id      = module.host.launch_template_id
    version = module.host.launch_template_version
  }

  tag {
    key                 = "Name"
    value               = module.host.name
    propagate_at_launch = true
  }

  tag {
    key                 = "darasa:cell"
    value               = var.cell.name
    propagate_at_launch = true
  }

  tag {
    key                 = "darasa:scaled-by"
    value               = var.scaled_by_timetable ? "timetable" : "load"
    propagate_at_launch = false
  }

  # Otherwise every apply undoes what the timetable asked for.
  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_autoscaling_lifecycle_hook" "drain" {
  name                    = "drain"
  autoscaling_group_name  = aws_autoscaling_group.this.name
  lifecycle_transition    = "autoscaling:EC2_INSTANCE_TERMINATING"
  heartbeat_timeout       = var.drain.seconds
  default_result          = "CONTINUE"
  notification_target_arn = var.drain.queue_arn
  role_arn                = var.drain.role_arn
}
