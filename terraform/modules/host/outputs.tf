output "name" {
  value = local.name
}

output "launch_template_id" {
  value = aws_launch_template.this.id
}

output "launch_template_version" {
  value = aws_launch_template.this.latest_version
}

output "security_group_id" {
  value = aws_security_group.this.id
}

output "role_name" {
  value = aws_iam_role.this.name
}

output "log_group" {
  value = aws_cloudwatch_log_group.this.name
}
