# The only way in for pages and sockets. Pictures and sound do not come this way: a load balancer cannot carry them.

locals {
  hosts = { app = "classroom.${var.domain}", meet = "meet.${var.domain}" }
}

resource "aws_route53_zone" "this" {
  name    = var.domain
  comment = var.cell.name
}

resource "aws_acm_certificate" "this" {
  domain_name               = local.hosts.app
  subject_alternative_names = [local.hosts.meet]
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  proofs = aws_acm_certificate.this.domain_validation_options
}

resource "aws_route53_record" "proof" {
  for_each        = toset(values(local.hosts))
  zone_id         = aws_route53_zone.this.zone_id
  name            = one([for proof in local.proofs : proof.resource_record_name if proof.domain_name == each.key])
  type            = one([for proof in local.proofs : proof.resource_record_type if proof.domain_name == each.key])
  records         = [for proof in local.proofs : proof.resource_record_value if proof.domain_name == each.key]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for record in aws_route53_record.proof : record.fqdn]
}

resource "aws_security_group" "this" {
  name        = "${var.cell.name}-edge"
  description = "The load balancer"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.cell.name}-edge" }
}

resource "aws_vpc_security_group_ingress_rule" "world" {
  for_each          = { http = 80, https = 443 }
  security_group_id = aws_security_group.this.id
  description       = "Everybody, by ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = each.value
  to_port           = each.value
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "inside" {
  security_group_id = aws_security_group.this.id
  description       = "To web processes and shards"
  cidr_ipv4         = var.cidr
  from_port         = 8000
  to_port           = 8000
  ip_protocol       = "tcp"
}

resource "aws_lb" "this" {
  name                       = var.cell.name
  load_balancer_type         = "application"
  subnets                    = var.public_subnet_ids
  security_groups            = [aws_security_group.this.id]
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  enable_deletion_protection = true
  idle_timeout               = 120 # sockets say something every 30 seconds

  access_logs {
    bucket  = var.log_bucket
    prefix  = "edge"
    enabled = true
  }
}

resource "aws_lb_target_group" "this" {
  for_each             = local.hosts
  name                 = "${var.cell.name}-${each.key}"
  vpc_id               = var.vpc_id
  port                 = 8000
  protocol             = "HTTP"
  deregistration_delay = each.key == "app" ? 60 : 300

  health_check {
    path                = each.key == "app" ? "/healthz" : "/"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.this.certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "this" {
  for_each     = local.hosts
  listener_arn = aws_lb_listener.https.arn
  priority     = each.key == "app" ? 10 : 20

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[each.key].arn
  }

  condition {
    host_header {
      values = [each.value]
    }
  }
}

resource "aws_route53_record" "hosts" {
  for_each = local.hosts
  zone_id  = aws_route53_zone.this.zone_id
  name     = each.value
  type     = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = true
  }
}

resource "aws_wafv2_web_acl" "this" {
  name        = var.cell.name
  description = "In front of ${var.cell.name}"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  rule {
    name     = "known-bad-inputs"
    priority = 1

    override_action {
      none {}
    }

    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesKnownBadInputsRuleSet"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "known-bad-inputs"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "flood"
    priority = 2

    action {
      block {}
    }

    statement {
      rate_based_statement {
        limit              = var.requests_per_five_minutes
        aggregate_key_type = "IP"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "flood"
      sampled_requests_enabled   = false
    }
  }

  # Samples would keep addresses and cookies of pupils.
  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.cell.name
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  resource_arn = aws_lb.this.arn
  web_acl_arn  = aws_wafv2_web_acl.this.arn
}
