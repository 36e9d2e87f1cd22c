mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  domain             = "eu.school.example"
  vpc_id             = "vpc-1"
  public_subnet_ids  = ["subnet-1", "subnet-2"]
  private_subnet_ids = ["subnet-3", "subnet-4"]
  inner_domain       = "darasa-production-eu.internal"
  inner_zone_id      = "Z2"
  cidr               = "10.64.0.0/16"
  log_bucket         = "darasa-production-eu-logs"
}

run "tls_only_and_by_name" {
  command = plan
  assert {
    condition     = aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS" && strcontains(aws_lb_listener.https.ssl_policy, "TLS13")
    error_message = "Pages would go without TLS."
  }
  assert {
    condition     = aws_lb_listener.https.default_action[0].type == "fixed-response"
    error_message = "A name that is not ours must not reach Darasa."
  }
  assert {
    condition     = aws_lb.this.drop_invalid_header_fields && aws_lb.this.enable_deletion_protection && aws_lb.this.access_logs[0].enabled
    error_message = "The load balancer is too trusting."
  }
  assert {
    condition     = output.hosts == { app = "classroom.eu.school.example", meet = "meet.eu.school.example" }
    error_message = "The names are those of jitsi_config/."
  }
}

run "hooks_stay_inside" {
  command = plan
  assert {
    condition     = aws_lb.inner.internal && aws_lb.inner.subnets == toset(["subnet-3", "subnet-4"])
    error_message = "What shards and recorders tell would come by a public door."
  }
  assert {
    condition     = output.inner_host == "app.darasa-production-eu.internal" && aws_route53_record.inner.zone_id == "Z2"
    error_message = "Darasa has no name that only the cell knows."
  }
  assert {
    condition     = aws_lb_target_group.inner.preserve_client_ip == "false"
    error_message = "A machine that asks itself by this door would get no answer."
  }
}
