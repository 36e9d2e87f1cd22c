mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  domain            = "eu.school.example"
  vpc_id            = "vpc-1"
  public_subnet_ids = ["subnet-1", "subnet-2"]
  cidr              = "10.64.0.0/16"
  log_bucket        = "darasa-production-eu-logs"
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
