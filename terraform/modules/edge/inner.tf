# By which shards and recorders tell Darasa what happens. Not by the public door: a bell's events from one address would look
# like a flood there, and the addresses of hooks, which are secrets, would stand in its log.

locals {
  inner_host = "app.${var.inner_domain}"
}

resource "aws_lb" "inner" {
  name                             = "${var.cell.name}-inner"
  load_balancer_type               = "network"
  internal                         = true
  subnets                          = var.private_subnet_ids
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = true
}

resource "aws_lb_target_group" "inner" {
  name                 = "${var.cell.name}-inner"
  vpc_id               = var.vpc_id
  port                 = 8000
  protocol             = "TCP"
  deregistration_delay = 60
  preserve_client_ip   = false # else a machine that asks itself gets no answer

  health_check {
    protocol            = "HTTP"
    path                = "/healthz"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "inner" {
  load_balancer_arn = aws_lb.inner.arn
  port              = 8000
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.inner.arn
  }
}

resource "aws_route53_record" "inner" {
  zone_id = var.inner_zone_id
  name    = local.inner_host
  type    = "A"

  alias {
    name                   = aws_lb.inner.dns_name
    zone_id                = aws_lb.inner.zone_id
    evaluate_target_health = true
  }
}
